// Package scripttest runs the scripts of testdata/scripts, each against a server
// of its own: a real one in the test's process, on memory, reached by signed
// requests over HTTP. The scripts show what every operation does; docs/operations.md
// names those of each, and a test holds that together they leave nothing out.
//
//	go test ./internal/scripttest                                    all, then coverage
//	go test ./internal/scripttest -run TestScripts/script/user      those that begin with user
//	go test ./internal/scripttest -run 'TestScripts/script/tags$' -v one, told line by line
//
// A script is a txtar archive (go doc github.com/rogpeppe/go-internal/testscript):
// commands first, one a line, then files. A line that begins with # says what
// comes. Single quotes keep spaces and JSON together. $NAME and ${NAME} stand for
// variables, in quotes and in files that a request reads too, where NAME is of
// capital letters, digits and _ and is set; ${aws:username} stays as it is.
//
// # Calls
//
//	iam OPERATION Member=value …
//	sts OPERATION Member=value …
//
// stdout is the answer as JSON, its members in the order of the model, with a
// time as 2006-01-02T15:04:05Z, bytes as base64, and documents as the wire has
// them. "! iam …" has to fail; stderr then is "CODE STATUS: message". A value is
// written as the member's shape asks:
//
//	UserName=bob MaxItems=1 OnlyAttached=true   text, number, boolean, time
//	ActionNames=s3:GetObject,s3:PutObject       a list of those; [] is an empty list
//	Tags=team=red,cost=12                       tags
//	ContextEntries='[{"ContextKeyName":"a:b"}]' any list, structure or map, in JSON
//	PolicyDocument=@doc.json                    text of a file of the archive
//
// A value that the shape forbids is sent all the same, since refusing it is the
// server's business; a member that the model lacks is an error of the script.
//
//	as admin               the user made at the first start; scripts begin as it
//	as root                the account's root user, with an access key
//	as anonymous           nobody: requests are not signed
//	as NAME                a user, with a key that the admin makes on first use
//	as assumed ROLE NAME   a session of a role, assumed by the admin
//	as credentials [NAME]  the Credentials or AccessKey of the last answer; NAME
//	                       can be given to "as" later
//
// # Permissions
//
//	allow NAME ACTION[,ACTION] RESOURCE[,RESOURCE] [CONDITION] [+ ACTION …]
//	deny  NAME ACTION[,ACTION] RESOURCE[,RESOURCE] [CONDITION] [+ ACTION …]
//
// put one inline policy on the user, which is made when there is none, or on
// the role when NAME is role/NAME. Each replaces what the same command gave
// before, so that "allow" grants exactly what it says. CONDITION is JSON.
//
//	denied iam OPERATION … is "! iam OPERATION …" that policies have refused.
//
// # Checks
//
//	json PATH VALUE …      what is at PATH in the last answer: .User.Tags[0].Key,
//	                       .Users[].UserName for one of each element
//	json PATH count N      a list of N elements
//	json PATH like REGEXP  text that matches as a whole
//	json PATH document FILE  a percent-encoded document that is exactly that text
//	json PATH absent       no such member (! json PATH … negates the other forms)
//	error 'TEXT'           stderr of the last failed call is exactly this
//	set VAR PATH           keeps a value of the last answer in a variable
//	decode PATH            stdout becomes the text whose base64 is at PATH
//	pages N iam LIST …     goes through a listing with MaxItems=1: N pages, one
//	                       element each, none twice. stdout is all elements
//	repeat N COMMAND …     N times, with $I from 1 to N
//
// and stdout, stderr, cmp, grep, env, cp of testscript.
//
// # The world
//
//	clock +24h             moves the server's time; it stands still otherwise, and
//	                       starts at 2026-03-01T12:00:00Z
//	quota Users=3 …        limits of the account (account.Quotas), before any call
//	organization create    makes the account the management account of one; also
//	                       create billing, all-features, add-account NUMBER, trust PRINCIPAL, distrust PRINCIPAL,
//	                       delegate NUMBER, undelegate NUMBER
//	templates DIR          role and policy templates of the archive, before any call
//	certificate NAME …     writes NAME.pem and NAME.key, an EC certificate valid for a
//	                       year: issuer=NAME, ca, from=-1h, until=1h, ed25519
//	sshkey NAME BITS       writes an RSA public key, NAME.pub and NAME.pem, and sets
//	                       FINGERPRINT
//	totp VAR SEED [N]      the code of a virtual MFA device, N periods from now
//	issuer                 starts an OpenID Connect provider, before any call:
//	                       ISSUER is its URL, ISSUERNAME that without https://,
//	                       THUMBPRINT that of its certificate, which the server
//	                       trusts; "issuer stop" ends it
//	token VAR CLAIMS [alg=A] [kid=K] [key=K]  a token that it signs. CLAIMS is JSON
//	                       that is added to good ones, for the audience "client";
//	                       null takes one away. Keys are rsa and p256; key=none
//	                       leaves the signature out
//	idp                    a SAML identity provider: metadata.xml is its metadata,
//	                       IDP its entity id, key1.pem and key2.pem private keys to
//	                       encrypt to
//	assertion VAR [OPTION …] NAME=VALUE …  a response that it signs, in base64. A
//	                       NAME without a colon or a dot is one of AWS's attributes,
//	                       given again it has one more value. Options: -subject=S
//	                       -recipient=URL -audience=A -age=D -ends=D (the session)
//	                       -status=S -key=1 (encrypted to key1.pem) -signer=1 (signed
//	                       by a key that isn't its own) -once (OneTimeUse) -plain
//	                       (the assertion alone is signed)
//
// Variables set from the start are ACCOUNT, IAM (arn:aws:iam::ACCOUNT), STS
// (arn:aws:sts::ACCOUNT), AWS (arn:aws:iam::aws:policy) and TRUST, a trust policy
// for the account. ENCODED holds the encoded message of the last denial, TRADEIN the
// trade-in token that came last.
//
// A command more is an entry in the table commands, in a file commands_…_test.go.
//
// # Coverage
//
// After all scripts, TestScripts holds that they have shown of every operation
// that is served: that it succeeds; that a policy allows it (a success of any
// caller but the admin and root); that one is refused whom a policy allows the
// action on another resource ("allow", then "denied"); every error of its model;
// and, where it has a Marker, a listing that goes on behind MaxItems=1 ("pages").
// What can't be shown stands with its reason in exceptions_test.go.
package scripttest
