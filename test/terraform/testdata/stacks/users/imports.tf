import {
  to = aws_iam_user.alice
  id = "alice"
}
import {
  to = aws_iam_user.renamed
  id = "renamed-2"
}
import {
  to = aws_iam_user_policy.inline
  id = "alice:inline"
}
