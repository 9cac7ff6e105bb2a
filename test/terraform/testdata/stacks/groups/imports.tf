import {
  to = aws_iam_user.member[0]
  id = "member-0"
}
import {
  to = aws_iam_user.member[1]
  id = "member-1"
}
import {
  to = aws_iam_user.member[2]
  id = "member-2"
}
import {
  to = aws_iam_group.team
  id = "team"
}
import {
  to = aws_iam_group.other
  id = "other"
}
