package scripttest

import "net/url"

// asAdmin makes a call of the harness's own; coverage doesn't count it.
func (x *script) asAdmin(service, action string, params map[string]string) (status int, body string) {
	form := url.Values{}
	for name, value := range params {
		form.Set(name, value)
	}
	s := x.server()
	return s.Call(s.Admin, service, action, form)
}

func (x *script) must(service, action string, params map[string]string) string {
	status, body := x.asAdmin(service, action, params)
	if status != 200 {
		x.Fatalf("%s by the admin: %s", action, body)
	}
	return body
}
