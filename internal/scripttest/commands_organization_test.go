package scripttest

import "context"

var _ = add("organization", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 1, 2, "organization create [billing] | all-features | add-account NUMBER | trust PRINCIPAL | distrust PRINCIPAL | delegate NUMBER | undelegate NUMBER")
	ctx, host := context.Background(), x.server().Host
	if args[0] == "all-features" {
		x.Check(host.EnableAllFeatures(ctx))
		return
	}
	if len(args) == 1 || args[0] == "create" {
		if args[0] != "create" {
			x.Fatalf("%s needs an argument", args[0])
		}
		o, err := host.CreateOrganization(ctx, len(args) == 2 && args[1] == "billing")
		x.Check(err)
		x.Setenv("ORGANIZATION", o.ID)
		x.Setenv("ORGANIZATIONROOT", o.Root)
		return
	}
	var err error
	switch args[0] {
	case "add-account":
		_, _, err = host.AddAccount(ctx, args[1])
	case "trust", "distrust":
		err = host.SetServiceAccess(ctx, args[1], args[0] == "trust")
	case "delegate", "undelegate":
		err = host.SetAdministrator(ctx, args[1], args[0] == "delegate")
	default:
		x.Fatalf("organization does not know %s", args[0])
	}
	x.Check(err)
})
