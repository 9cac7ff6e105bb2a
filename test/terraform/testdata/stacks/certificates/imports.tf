import {
  to = aws_iam_server_certificate.site
  id = "site-2"
}
