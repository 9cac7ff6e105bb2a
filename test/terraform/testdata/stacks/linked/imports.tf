import {
  to = aws_iam_service_linked_role.plain
  id = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/aws-service-role/elasticbeanstalk.amazonaws.com/AWSServiceRoleForElasticBeanstalk"
}
import {
  to = aws_iam_service_linked_role.suffixed
  id = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_blue"
}
