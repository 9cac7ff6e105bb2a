package scripttest

import (
	"encoding/json"
	"strings"

	"github.com/aratame/aratame/internal/aratametest"
)

var _ = add("as", func(x *script, neg bool, args []string) {
	const usage = "as NAME | assumed ROLE NAME | credentials [NAME]"
	x.plain(neg, args, 1, 3, usage)
	switch name := args[0]; {
	case name == "credentials" && len(args) <= 2:
		x.caller = x.lastCredentials()
		if len(args) == 2 {
			x.known[args[1]] = x.caller
		}
	case name == "assumed" && len(args) == 3:
		x.caller = x.assumed(args[1], args[2])
	case len(args) > 1:
		x.Fatalf("usage: %s", usage)
	case name == "admin" || name == "anonymous":
		x.caller = caller{name: name}
	case name == "root":
		x.caller = caller{name: name, key: aratametest.Key{ID: rootKey, Secret: rootSecret}}
	default:
		x.caller = x.user(name)
	}
})

// lastCredentials are those that the last answer has given.
func (x *script) lastCredentials() caller {
	for _, path := range []string{".Credentials", ".AccessKey"} {
		if len(x.at(path)) == 1 {
			k := aratametest.Key{ID: x.one(path + ".AccessKeyId"), Secret: x.one(path + ".SecretAccessKey")}
			if path == ".Credentials" {
				k.Token = x.one(path + ".SessionToken")
			}
			c := caller{name: k.ID, key: k}
			// A session has what its maker or its role was granted.
			if c.granted = x.caller.name != "admin" && x.caller.name != "root"; len(x.at(".AssumedRoleUser")) == 1 {
				c.granted, c.name = true, "role/"+strings.Split(x.one(".AssumedRoleUser.Arn"), "/")[1]
			}
			return c
		}
	}
	x.Fatalf("the last answer has neither Credentials nor AccessKey")
	return caller{}
}

// user gives a user's key, made when there is none: a user that was made again
// under its name is another.
func (x *script) user(name string) caller {
	if c, ok := x.known[name]; ok {
		return c
	}
	id := aratametest.Field(x.must("iam", "GetUser", map[string]string{"UserName": name}), "UserId")
	c, ok := x.known[id]
	if !ok {
		made := x.must("iam", "CreateAccessKey", map[string]string{"UserName": name})
		c = caller{name: name, key: aratametest.Key{ID: aratametest.Field(made, "AccessKeyId"), Secret: aratametest.Field(made, "SecretAccessKey")}, granted: true}
		x.known[id] = c
	}
	return c
}

func (x *script) assumed(role, session string) caller {
	arn := aratametest.Field(x.must("iam", "GetRole", map[string]string{"RoleName": role}), "Arn")
	got := x.must("sts", "AssumeRole", map[string]string{"RoleArn": arn, "RoleSessionName": session})
	return caller{name: "role/" + role, granted: true, key: aratametest.Key{
		ID: aratametest.Field(got, "AccessKeyId"), Secret: aratametest.Field(got, "SecretAccessKey"), Token: aratametest.Field(got, "SessionToken"),
	}}
}

var _ = add("allow", func(x *script, neg bool, args []string) { x.grant(neg, "Allow", args) })
var _ = add("deny", func(x *script, neg bool, args []string) { x.grant(neg, "Deny", args) })

type statement struct {
	Effect    string
	Action    []string
	Resource  []string
	Condition json.RawMessage `json:",omitempty"`
}

func (x *script) grant(neg bool, effect string, args []string) {
	if neg || len(args) < 3 {
		x.Fatalf("usage: %s NAME ACTION[,ACTION] RESOURCE[,RESOURCE] [CONDITION] [+ ACTION …]", strings.ToLower(effect))
	}
	var statements []statement
	var actions []string
	for rest := args[1:]; ; {
		if len(rest) < 2 {
			x.Fatalf("a statement needs ACTION and RESOURCE")
		}
		s := statement{Effect: effect, Action: strings.Split(rest[0], ","), Resource: strings.Split(rest[1], ",")}
		rest = rest[2:]
		if len(rest) > 0 && rest[0] != "+" {
			s.Condition, rest = json.RawMessage(rest[0]), rest[1:]
			if !json.Valid(s.Condition) {
				x.Fatalf("the condition is not JSON: %s", s.Condition)
			}
		}
		statements, actions = append(statements, s), append(actions, s.Action...)
		if len(rest) == 0 {
			break
		}
		if rest[0] != "+" {
			x.Fatalf("%q where + is to be", rest[0])
		}
		rest = rest[1:]
	}
	text := string(compact(map[string]any{"Version": "2012-10-17", "Statement": statements}))
	form := map[string]string{"PolicyName": strings.ToLower(effect) + "-by-script", "PolicyDocument": text}
	if role, ok := strings.CutPrefix(args[0], "role/"); ok {
		form["RoleName"] = role
		x.must("iam", "PutRolePolicy", form)
	} else {
		form["UserName"] = args[0]
		if _, body := x.asAdmin("iam", "GetUser", map[string]string{"UserName": args[0]}); aratametest.Field(body, "Code") == "NoSuchEntity" {
			x.must("iam", "CreateUser", map[string]string{"UserName": args[0]})
		}
		x.must("iam", "PutUserPolicy", form)
	}
	if effect == "Allow" {
		x.grants[args[0]] = actions
	}
}
