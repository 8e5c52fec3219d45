package ldap_test

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/ldap"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// A directory over TLS, in which people are found by their uid.
func ExampleNew() {
	dir, err := ldap.New(ldap.Config{
		URL: "ldaps://ldap.example.test",
		Form: ldap.SearchThenBind{
			BaseDN: "ou=people,dc=example,dc=test",
			Filter: "(&(objectClass=inetOrgPerson)(uid={user}))",
			Service: ldap.Account{
				DN:       "cn=axess,ou=services,dc=example,dc=test",
				Password: seal.NewSecret([]byte("from the environment")),
			},
		},
		Groups: ldap.Groups{BaseDN: "ou=groups,dc=example,dc=test", Filter: "(member={dn})", Attribute: "cn"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()

	// An empty password is answered without a connection: many directories would say yes.
	res := dir.Verify(context.Background(), ldap.Person{Name: "ada"}, seal.NewSecret(nil))
	fmt.Println(res.Verdict, res.Reason)
	// Nobody is turned away as somebody is, without a connection here as well.
	res = dir.VerifyNobody(context.Background(), seal.NewSecret(nil))
	fmt.Println(res.Verdict == factor.Rejected)

	_, err = ldap.New(ldap.Config{URL: "ldap://ldap.example.test", Form: ldap.UPN("{user}@example.test")})
	fmt.Println(err)
	// Output:
	// rejected input
	// true
	// ldap: bad configuration: URL is ldap without StartTLS: a password would travel in clear
}

// What an account keeps of its entry in a directory.
func ExampleDecode() {
	r := ldap.Record{Directory: "corp", Person: ldap.Person{Name: "ada", DN: "cn=Ada,ou=contractors,dc=example,dc=test"}}
	got, err := ldap.Decode(r.Encode()) // sealed in between, by factor.Vault
	fmt.Println(got.Name, err)
	e := ldap.Evidence(identity.CredentialID{}, time.Time{})
	fmt.Println(e.Kind, e.AMR)
	// Output:
	// ada <nil>
	// ldap_bind [pwd]
}
