package factor_test

import (
	"fmt"

	"github.com/axess-go/axess/factor"
)

// What the rest of the program has to know of a kind. A mailed link proves that
// somebody read it, and is no step of a sign-in.
func ExampleIsStep() {
	fmt.Println("password", factor.IsStep(factor.Password), factor.IsSecond(factor.Password))
	fmt.Println("app     ", factor.IsStep(factor.TOTP), factor.IsSecond(factor.TOTP))
	fmt.Println("link    ", factor.IsStep(factor.EmailLink), factor.IsSecond(factor.EmailLink))
	// Output:
	// password true false
	// app      true true
	// link     false false
}
