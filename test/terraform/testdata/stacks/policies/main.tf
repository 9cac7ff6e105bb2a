data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = ["arn:aws:s3:::$${aws:username}", "arn:aws:s3:::stage-${var.stage}/*"]
  }
}

# Each change is a new version; after five the provider deletes the oldest.
resource "aws_iam_policy" "read" {
  name        = "read"
  path        = "/team/"
  description = "Reads objects"
  policy      = data.aws_iam_policy_document.read.json
}

data "aws_iam_policy" "read" {
  arn = aws_iam_policy.read.arn
}

data "aws_iam_policy" "managed" {
  arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

output "checks" {
  value = [
    data.aws_iam_policy.read.name == "read",
    data.aws_iam_policy.read.path == "/team/",
    data.aws_iam_policy.read.description == "Reads objects",
    data.aws_iam_policy.managed.name == "AdministratorAccess",
    jsondecode(data.aws_iam_policy.managed.policy).Statement[0].Action == "*",
  ]
}
