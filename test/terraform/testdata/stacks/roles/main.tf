data "aws_caller_identity" "me" {}

data "aws_partition" "this" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = var.stage == 1 ? ["ec2.amazonaws.com"] : ["ec2.amazonaws.com", "lambda.amazonaws.com"]
    }
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = ["o-1234567890"]
    }
  }
}

data "aws_arn" "role" {
  arn = aws_iam_role.app.arn
}

resource "aws_iam_role" "app" {
  name                  = "app"
  path                  = "/service/"
  description           = "stage ${var.stage}"
  max_session_duration  = 3600 * var.stage
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  permissions_boundary  = var.stage == 1 ? null : "arn:aws:iam::aws:policy/PowerUserAccess"
  force_detach_policies = true
  tags                  = { Stage = var.stage, "a/b:c" = "x=y" }
  # The provider can't read it, and an import sets it to false.
  lifecycle { ignore_changes = [force_detach_policies] }
}

resource "aws_iam_role_policy" "inline" {
  name = "inline"
  role = aws_iam_role.app.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "One", Effect = "Allow", Action = "s3:Get*", Resource = ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"] },
      { Sid = "Two", Effect = "Deny", NotAction = "s3:Get*", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "false" } } },
    ]
  })
}

resource "aws_iam_instance_profile" "app" {
  name = "app"
  path = "/service/"
  role = var.stage == 1 ? aws_iam_role.app.name : aws_iam_role.second.name
}

resource "aws_iam_role" "second" {
  name               = "Second"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role" "numbered" {
  name_prefix        = "numbered-"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_role" "app" {
  name = aws_iam_role.app.name
}

data "aws_iam_instance_profile" "app" {
  name = aws_iam_instance_profile.app.name
}

output "checks" {
  value = [
    data.aws_iam_role.app.arn == aws_iam_role.app.arn,
    data.aws_iam_role.app.max_session_duration == 3600 * var.stage,
    jsonencode(jsondecode(data.aws_iam_role.app.assume_role_policy)) == jsonencode(jsondecode(aws_iam_role.app.assume_role_policy)),
    data.aws_iam_instance_profile.app.arn == aws_iam_instance_profile.app.arn,
    data.aws_arn.role.resource == "role/service/app",
    data.aws_arn.role.account == data.aws_caller_identity.me.account_id,
    length(aws_iam_role.numbered.unique_id) == 21,
  ]
}
