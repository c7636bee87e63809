package singularupdatequeue_test

import (
	"context"
	"errors"
	"fmt"

	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
)

// A register that asks a slow service for the price before it sells.
func Example() {
	type shop struct{ stock, earned int }
	errSoldOut := errors.New("sold out")
	price := func(context.Context) (int, error) { return 7, nil } // somewhere else
	q, err := suq.New(shop{stock: 2}, func(t *suq.Turn[shop, int], customer string) (int, error) {
		return suq.Await(t, price, func(t *suq.Turn[shop, int], price int, err error) (int, error) {
			if err != nil {
				return 0, err
			}
			if t.State.stock--; t.State.stock < 0 {
				return 0, errSoldOut // and nothing has changed
			}
			t.State.earned += price
			return t.State.earned, nil
		})
	}, suq.Options[shop, string, int]{Policy: suq.Reject, Capacity: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	for _, customer := range []string{"ada", "bert", "cleo"} {
		earned, err := q.Do(ctx, customer)
		fmt.Println(customer, earned, errors.Is(err, errSoldOut))
	}
	fmt.Println(q.Stop(ctx, suq.Drain))
	// Output:
	// ada 7 false
	// bert 14 false
	// cleo 0 true
	// <nil>
}
