resource "aws_iam_server_certificate" "site" {
  name              = "site-${var.stage}"
  path              = "/cloudfront/"
  certificate_body  = file("certificate.pem")
  certificate_chain = file("chain.pem")
  private_key       = file("key.pem")
  # AWS never gives it back, so that an import doesn't know it.
  lifecycle { ignore_changes = [private_key] }
}

resource "aws_iam_server_certificate" "second" {
  name_prefix      = "second-"
  certificate_body = file("certificate.pem")
  private_key      = file("key.pem")
}

data "aws_iam_server_certificate" "site" {
  name       = aws_iam_server_certificate.site.name
  depends_on = [aws_iam_server_certificate.site]
}

data "aws_iam_server_certificate" "latest" {
  name_prefix = "s"
  latest      = true
  depends_on  = [aws_iam_server_certificate.site, aws_iam_server_certificate.second]
}

output "checks" {
  value = [
    data.aws_iam_server_certificate.site.arn == aws_iam_server_certificate.site.arn,
    data.aws_iam_server_certificate.site.path == "/cloudfront/",
    trimspace(data.aws_iam_server_certificate.site.certificate_body) == trimspace(file("certificate.pem")),
    trimspace(data.aws_iam_server_certificate.site.certificate_chain) == trimspace(file("chain.pem")),
    data.aws_iam_server_certificate.site.expiration_date == "2036-01-01T00:00:00Z",
    length(data.aws_iam_server_certificate.latest.id) == 21,
  ]
}
