package scripttest

var _ = add("templates", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 1, 1, "templates DIR")
	if x.opened != nil {
		x.Fatalf("templates come before the first call")
	}
	x.world.templates = x.MkAbs(args[0])
})
