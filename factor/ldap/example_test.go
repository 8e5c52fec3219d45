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

// A directory as a way to sign in: it goes into axess.Config.Factors. Without Everybody an
// account is led to its entry by a record.
func ExampleNewFactor() {
	dir, err := ldap.New(ldap.Config{URL: "ldaps://ldap.example.test", Form: ldap.UPN("{user}@corp.example.test")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()
	f, err := ldap.NewFactor(ldap.Served{Name: "corp", Directory: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	body := ldap.Record{Directory: "corp", Person: ldap.Person{Name: "ada"}}.Encode()
	fmt.Println(dir.Check("directory").Run(context.Background()).Status) // for axess.Config.Health
	fmt.Println(f.Traits().Kind, f.Works(factor.Record{Body: body}), f.Holds(factor.Attempt{}))

	made, verdict := f.Enrol(context.Background(), factor.Attempt{User: identity.User{Identifiers: []identity.Identifier{{Typed: "ada"}}}})
	fmt.Println(verdict, string(made) == string(body))

	// An empty password is nobody's, and nobody is asked.
	res := f.Verify(context.Background(), factor.Attempt{Records: []factor.Record{{Body: body}}})
	fmt.Println(res.Verdict)
	// Output:
	// healthy
	// ldap_bind true false
	// accepted true
	// rejected
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
