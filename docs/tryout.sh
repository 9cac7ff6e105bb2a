# Paste this into a shell while `make run` runs in another.
eval "$(bin/aratame env)"                                         # the administrator's key
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }    # the AWS CLI before 2.13 needs the flag
ACCT=$(aws sts get-caller-identity --query Account --output text)
TRUST='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"'$ACCT'"},"Action":"sts:AssumeRole"}}'
MAY='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::'$ACCT':role/auditor"}}'
aws iam create-group --group-name devs && aws iam put-group-policy --group-name devs --policy-name may-audit --policy-document "$MAY"
aws iam create-user --user-name alice && aws iam add-user-to-group --group-name devs --user-name alice
aws iam create-role --role-name auditor --assume-role-policy-document "$TRUST" && aws iam attach-role-policy --role-name auditor --policy-arn arn:aws:iam::aws:policy/IAMReadOnlyAccess
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY < <(aws iam create-access-key --user-name alice --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)
aws iam list-users                                                # alice: AccessDenied, in AWS's words
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < <(aws sts assume-role --role-arn arn:aws:iam::$ACCT:role/auditor --role-session-name alice --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
export AWS_SESSION_TOKEN
aws iam list-users                                                # the role: allowed
