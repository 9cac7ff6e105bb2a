data "aws_caller_identity" "me" {}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.actions.example.com/tenant"
  client_id_list  = ["sts.amazonaws.com", "second"]
  thumbprint_list = var.stage == 1 ? ["6938fd4d98bab03faadb97b34396831e3780aea1"] : ["6938fd4d98bab03faadb97b34396831e3780aea1", "1c58a3a8518e8759bf075b76b750d4f2df264fcd"]
}

resource "aws_iam_saml_provider" "idp" {
  name                   = "idp"
  saml_metadata_document = file("metadata-${var.stage}.xml")
}

resource "aws_iam_role" "federated" {
  name = "federated"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Federated = aws_iam_openid_connect_provider.ci.arn }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = { StringEquals = { "token.actions.example.com/tenant:aud" = "sts.amazonaws.com" } }
      },
      {
        Effect    = "Allow"
        Principal = { Federated = aws_iam_saml_provider.idp.arn }
        Action    = "sts:AssumeRoleWithSAML"
        Condition = { StringEquals = { "SAML:aud" = "https://signin.aws.amazon.com/saml" } }
      },
    ]
  })
}

output "checks" {
  value = [
    endswith(aws_iam_openid_connect_provider.ci.arn, ":oidc-provider/token.actions.example.com/tenant"),
    endswith(aws_iam_saml_provider.idp.arn, ":saml-provider/idp"),
    length(aws_iam_saml_provider.idp.valid_until) > 20,
  ]
}
