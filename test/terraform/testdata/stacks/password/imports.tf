import {
  to = aws_iam_account_password_policy.this
  id = "iam-account-password-policy"
}
