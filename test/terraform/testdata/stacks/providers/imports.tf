import {
  to = aws_iam_openid_connect_provider.ci
  id = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:oidc-provider/token.actions.example.com/tenant"
}
import {
  to = aws_iam_saml_provider.idp
  id = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:saml-provider/idp"
}
import {
  to = aws_iam_role.federated
  id = "federated"
}
