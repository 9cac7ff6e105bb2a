import {
  to = aws_iam_user.person
  id = "person"
}
import {
  to = aws_iam_user.robot
  id = "robot"
}
