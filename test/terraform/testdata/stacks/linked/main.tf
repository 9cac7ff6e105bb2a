data "aws_caller_identity" "me" {}

resource "aws_iam_service_linked_role" "plain" {
  aws_service_name = "elasticbeanstalk.amazonaws.com"
}

resource "aws_iam_service_linked_role" "suffixed" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "blue"
  description      = "stage ${var.stage}"
}

data "aws_iam_role" "plain" {
  name = aws_iam_service_linked_role.plain.name
}

output "checks" {
  value = [
    aws_iam_service_linked_role.plain.name == "AWSServiceRoleForElasticBeanstalk",
    aws_iam_service_linked_role.plain.path == "/aws-service-role/elasticbeanstalk.amazonaws.com/",
    aws_iam_service_linked_role.suffixed.name == "AWSServiceRoleForAutoScaling_blue",
    data.aws_iam_role.plain.arn == aws_iam_service_linked_role.plain.arn,
  ]
}
