import {
  to = aws_iam_user_policy_attachment.a
  id = "u/arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
}
import {
  to = aws_iam_group_policy_attachment.a
  id = "g/arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
}
import {
  to = aws_iam_role_policy_attachment.a
  id = "r/arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
}
import {
  to = aws_iam_policy.p
  id = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:policy/p"
}
