package singlesocketchannel_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// Two nodes, one connection, requests in both directions.
func Example() {
	shout := func(_ context.Context, from string, request []byte) ([]byte, error) {
		if len(request) == 0 {
			return nil, errors.New("say something")
		}
		return []byte(from + " says " + strings.ToUpper(string(request))), nil
	}
	athens, err := ssc.Listen("athens", "127.0.0.1:0", shout, ssc.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer athens.Close()
	byzantium, err := ssc.Listen("byzantium", "", shout, ssc.Options{}) // it only dials
	if err != nil {
		fmt.Println(err)
		return
	}
	defer byzantium.Close()

	ctx := context.Background()
	there, _ := byzantium.Peer("athens", athens.Addr().String())
	answer, err := there.Request(ctx, []byte("hello"))
	fmt.Println(string(answer), err)
	back, _ := athens.Peer("byzantium", "") // the same connection
	answer, err = back.Request(ctx, []byte("and you"))
	fmt.Println(string(answer), err)
	_, err = there.Request(ctx, nil)
	fmt.Println(err, errors.Is(err, ssc.ErrRemote))
	// Output:
	// byzantium says HELLO <nil>
	// athens says AND YOU <nil>
	// single-socket channel: the other end: say something true
}
