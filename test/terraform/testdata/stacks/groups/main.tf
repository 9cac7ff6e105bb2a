resource "aws_iam_user" "member" {
  count = 3
  name  = "member-${count.index}"
}

resource "aws_iam_group" "team" {
  name = "team"
  path = var.stage == 1 ? "/" : "/company/"
}

resource "aws_iam_group" "other" {
  name = "other"
}

resource "aws_iam_group_membership" "team" {
  name  = "team"
  group = aws_iam_group.team.name
  users = var.stage == 1 ? slice(aws_iam_user.member[*].name, 0, 2) : slice(aws_iam_user.member[*].name, 1, 3)
}

resource "aws_iam_user_group_membership" "member" {
  user   = aws_iam_user.member[0].name
  groups = [aws_iam_group.other.name]
}

resource "aws_iam_group_policy" "inline" {
  name  = "inline"
  group = aws_iam_group.other.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = var.stage == 1 ? "Allow" : "Deny", Action = "iam:*", Resource = "*" }]
  })
}

data "aws_iam_group" "other" {
  group_name = aws_iam_group.other.name
}

output "checks" {
  value = [
    data.aws_iam_group.other.arn == aws_iam_group.other.arn,
    data.aws_iam_group.other.group_id == aws_iam_group.other.unique_id,
    data.aws_iam_group.other.path == "/",
  ]
}
