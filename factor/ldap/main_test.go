package ldap_test

import (
	"crypto/x509"
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/internal/dbtest"
)

// people is the directory that every test on a real server looks at.
const people = `dn: dc=example,dc=test
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=policy,dc=example,dc=test
objectClass: device
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 3
pwdMustChange: TRUE

dn: ou=people,dc=example,dc=test
objectClass: organizationalUnit
ou: people

dn: uid=ada,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: ada
cn: Ada
sn: Lovelace
mail: ada@example.test
description: kept to itself
userPassword: correct horse battery

dn: uid=bob,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: B
userPassword: another good password

dn: uid=twin,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: twin
cn: Twin
sn: One
userPassword: twin password one

dn: cn=Twin Two,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: twin
cn: Twin Two
sn: Two
userPassword: twin password two

dn: uid=jos\C3\A9\2C the\, \23 \+1,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid:: am9zw6ksIHRoZSwgIyArMQ==
cn: Jose
sn: J
userPassword: a name that needs escapes

dn: uid=renew,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: renew
cn: Renew
sn: R
userPassword: given by an administrator
pwdReset: TRUE

dn: uid=guessed,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: guessed
cn: Guessed
sn: G
userPassword: will be locked soon

dn: uid=wrong,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: wrong
cn: Wrong
sn: W
userPassword: what nobody types here

dn: uid=kit,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: kit
cn: Kit
sn: K
mail: kit@example.org
userPassword: nine purple ducks cross the road

dn: uid=bare,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: bare
cn: Bare
sn: No Password

dn: cn=search,dc=example,dc=test
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: search
userPassword: the service searches

dn: ou=groups,dc=example,dc=test
objectClass: organizationalUnit
ou: groups

dn: cn=staff,ou=groups,dc=example,dc=test
objectClass: groupOfNames
cn: staff
member: uid=ada,ou=people,dc=example,dc=test
member: uid=bob,ou=people,dc=example,dc=test

dn: cn=admins,ou=groups,dc=example,dc=test
objectClass: groupOfNames
cn: admins
member: uid=ada,ou=people,dc=example,dc=test
`

// slapd is the server that the tests share. It takes the bind with a name and no
// password, as many directories do.
var slapd struct {
	*dbtest.LDAPServer

	roots *x509.CertPool
	err   error
}

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(m.Run()) // what is fuzzed reads bytes and asks nobody
	}
	stop := func() error { return nil }
	slapd.LDAPServer, slapd.err = dbtest.LDAP(people, "allow bind_anon_dn")
	if slapd.err == nil {
		stop = slapd.Stop
		slapd.roots = x509.NewCertPool()
		ca, err := os.ReadFile(slapd.CA)
		slapd.roots.AppendCertsFromPEM(ca)
		slapd.err = err
	}
	// No goroutine outlives what was asked (PRD-070).
	os.Exit(dbtest.Main(m, func() error {
		return goleak.Find(goleak.IgnoreTopFunction("github.com/axess-go/axess/internal/dbtest.(*process).run"))
	}, stop))
}
