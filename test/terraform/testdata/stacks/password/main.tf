resource "aws_iam_account_password_policy" "this" {
  minimum_password_length        = 10 + var.stage
  allow_users_to_change_password = true
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = var.stage == 1
  max_password_age               = 90
  password_reuse_prevention      = 5
  hard_expiry                    = var.stage == 2
}

output "checks" {
  value = [aws_iam_account_password_policy.this.expire_passwords == true]
}
