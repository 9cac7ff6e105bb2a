import {
  to = aws_iam_role.app
  id = "app"
}
import {
  to = aws_iam_role_policy.inline
  id = "app:inline"
}
import {
  to = aws_iam_instance_profile.app
  id = "app"
}
import {
  to = aws_iam_role.second
  id = "Second"
}
