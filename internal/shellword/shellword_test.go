package shellword_test

import (
	"fmt"

	"github.com/axess-go/axess/internal/shellword"
)

func ExampleQuote() {
	fmt.Println("chmod 600", shellword.Quote("/srv/axess.keys"))
	fmt.Println("chmod 600", shellword.Quote("my keys"))
	// Output:
	// chmod 600 /srv/axess.keys
	// chmod 600 'my keys'
}
