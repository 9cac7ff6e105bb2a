resource "aws_iam_account_alias" "this" {
  account_alias = "stage-${var.stage}"
}

data "aws_iam_account_alias" "this" {
  depends_on = [aws_iam_account_alias.this]
}

output "checks" {
  value = [data.aws_iam_account_alias.this.account_alias == "stage-${var.stage}"]
}
