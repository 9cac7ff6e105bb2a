import {
  to = aws_iam_account_alias.this
  id = "stage-2"
}
