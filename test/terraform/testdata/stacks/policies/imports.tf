import {
  to = aws_iam_policy.read
  id = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:policy/team/read"
}
