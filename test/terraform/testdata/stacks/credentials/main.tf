resource "aws_iam_user" "person" {
  name = "person"
}

# It holds a credential that Terraform doesn't know: the login profile, which
# this version of the provider leaves behind.
resource "aws_iam_user" "robot" {
  name          = "robot"
  force_destroy = true
  lifecycle { ignore_changes = [force_destroy] }
}

resource "aws_iam_user_ssh_key" "person" {
  username   = aws_iam_user.person.name
  encoding   = "SSH"
  public_key = file("ssh.pub")
  status     = var.stage == 1 ? "Active" : "Inactive"
}

resource "aws_iam_user_ssh_key" "robot" {
  username   = aws_iam_user.robot.name
  encoding   = "PEM"
  public_key = file("ssh.pem")
}

resource "aws_iam_user_login_profile" "robot" {
  user                    = aws_iam_user.robot.name
  pgp_key                 = replace(file("pgp.txt"), "\n", "")
  password_length         = 24
  password_reset_required = true
}

output "checks" {
  value = [
    startswith(aws_iam_user_ssh_key.person.ssh_public_key_id, "APKA"),
    length(aws_iam_user_ssh_key.person.fingerprint) == 47,
    length(aws_iam_user_login_profile.robot.encrypted_password) > 300,
  ]
}
