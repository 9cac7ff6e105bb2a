resource "aws_iam_user" "alice" {
  name                 = "alice"
  path                 = var.stage == 1 ? "/" : "/team/"
  permissions_boundary = var.stage == 1 ? "arn:aws:iam::aws:policy/ReadOnlyAccess" : null
  force_destroy        = true
  tags                 = var.stage == 1 ? { Team = "blue", Empty = "" } : { Team = "red", Cost = "42" }
  # The provider can't read it, and an import sets it to false.
  lifecycle { ignore_changes = [force_destroy] }
}

resource "aws_iam_user" "renamed" {
  name = "renamed-${var.stage}"
}

resource "aws_iam_user_policy" "inline" {
  name = "inline"
  user = aws_iam_user.alice.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["iam:GetUser", "iam:ListUsers"], Resource = "*" }]
  })
}

resource "aws_iam_access_key" "key" {
  user = aws_iam_user.renamed.name
}

data "aws_iam_user" "alice" {
  user_name = aws_iam_user.alice.name
}

output "checks" {
  value = [
    data.aws_iam_user.alice.arn == aws_iam_user.alice.arn,
    data.aws_iam_user.alice.user_id == aws_iam_user.alice.unique_id,
    data.aws_iam_user.alice.path == aws_iam_user.alice.path,
    startswith(aws_iam_access_key.key.id, "AKIA"),
    length(aws_iam_access_key.key.secret) == 40,
    aws_iam_access_key.key.status == "Active",
  ]
  sensitive = true
}
