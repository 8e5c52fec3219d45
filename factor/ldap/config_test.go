package ldap_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/factor/ldap"
)

// FAC-090, FAC-091: every way to speak in clear by mistake is refused.
func TestNew_checks_the_configuration(t *testing.T) {
	t.Parallel()
	good := func() ldap.Config {
		return ldap.Config{URL: "ldaps://ldap.example.test", Form: ldap.DN("uid={user},dc=x")}
	}
	for name, c := range map[string]struct {
		change func(*ldap.Config)
		says   string // empty: it is good
	}{
		"ldaps":                    {func(*ldap.Config) {}, ""},
		"ldaps with port":          {func(c *ldap.Config) { c.URL = "ldaps://ldap.example.test:3269/" }, ""},
		"StartTLS":                 {func(c *ldap.Config) { c.URL, c.StartTLS = "ldap://ldap.example.test", true }, ""},
		"this machine":             {func(c *ldap.Config) { c.URL, c.InsecureLoopback = "ldap://[::1]:10389", true }, ""},
		"no URL":                   {func(c *ldap.Config) { c.URL = "" }, "URL"},
		"clear":                    {func(c *ldap.Config) { c.URL = "ldap://ldap.example.test" }, "in clear"},
		"clear elsewhere":          {func(c *ldap.Config) { c.URL, c.InsecureLoopback = "ldap://192.0.2.1", true }, "this machine"},
		"a name that begins alike": {func(c *ldap.Config) { c.URL, c.InsecureLoopback = "ldap://localhost.example.test", true }, "this machine"},
		"a mapped address":         {func(c *ldap.Config) { c.URL, c.InsecureLoopback = "ldap://[::ffff:127.0.0.1]", true }, "this machine"},
		"StartTLS on ldaps":        {func(c *ldap.Config) { c.StartTLS = true }, "StartTLS"},
		"both":                     {func(c *ldap.Config) { c.URL, c.StartTLS, c.InsecureLoopback = "ldap://127.0.0.1", true, true }, "InsecureLoopback"},
		"insecure ldaps":           {func(c *ldap.Config) { c.InsecureLoopback = true }, "InsecureLoopback"},
		"cldap":                    {func(c *ldap.Config) { c.URL = "cldap://ldap.example.test" }, "begin with"},
		"ldapi":                    {func(c *ldap.Config) { c.URL = "ldapi://%2Fvar%2Frun" }, "URL"},
		"a password in it":         {func(c *ldap.Config) { c.URL = "ldaps://u:hunter2@ldap.example.test" }, "URL"},
		"a path":                   {func(c *ldap.Config) { c.URL = "ldaps://ldap.example.test/dc=x" }, "URL"},
		"no host":                  {func(c *ldap.Config) { c.URL = "ldaps://:636" }, "URL"},
		"too many at once":         {func(c *ldap.Config) { c.MaxBinds = 257 }, "MaxBinds"},
		"fewer than none":          {func(c *ldap.Config) { c.MaxBinds = -1 }, "MaxBinds"},
		"attributes":               {func(c *ldap.Config) { c.Attributes = []string{"mail", "memberOf;range=0-999"} }, "Attributes"},
		"attributes of nobody":     {func(c *ldap.Config) { c.Attributes, c.Form = []string{"mail"}, ldap.UPN("{user}@x") }, "Attributes"},
		"groups":                   {func(c *ldap.Config) { c.Groups = ldap.Groups{BaseDN: "dc=x", Filter: "(member={dn})", Attribute: "cn"} }, ""},
		"groups by name": {func(c *ldap.Config) {
			c.Groups = ldap.Groups{BaseDN: "dc=x", Filter: "(memberUid={user})", Attribute: "cn"}
			c.Form = ldap.UPN("{user}@x")
		}, ""},
		"groups without base": {func(c *ldap.Config) { c.Groups = ldap.Groups{Filter: "(member={dn})", Attribute: "cn"} }, "Groups.BaseDN"},
		"groups of everybody": {func(c *ldap.Config) { c.Groups = ldap.Groups{BaseDN: "dc=x", Filter: "(cn=*)", Attribute: "cn"} }, "Groups.Filter"},
		"groups without name": {func(c *ldap.Config) { c.Groups = ldap.Groups{BaseDN: "dc=x", Filter: "(member={dn})"} }, "Groups.Attribute"},
		"groups of no entry": {func(c *ldap.Config) {
			c.Groups = ldap.Groups{BaseDN: "dc=x", Filter: "(member={dn})", Attribute: "cn"}
			c.Form = ldap.UPN("{user}@x")
		}, "Groups.Filter"},
		"groups as service, missing": {func(c *ldap.Config) {
			c.Groups = ldap.Groups{BaseDN: "dc=x", Filter: "(member={dn})", Attribute: "cn", AsService: true}
		}, "Groups.AsService"},
	} {
		cfg := good()
		c.change(&cfg)
		d, err := ldap.New(cfg)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.says != "" && (err == nil || !errors.Is(err, ldap.ErrConfig) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v", name, err)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
		if d != nil {
			d.Close()
		}
	}
}
