package requestwaitinglist_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lockstep-tla/lockstep/impl/generationclock"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
)

// A leader asks four peers, of which two refuse, and waits for its log.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	starts, err := generationclock.OpenClock(filepath.Join(dir, "starts"), nil)
	if err != nil {
		panic(err)
	}
	defer starts.Close()
	incarnation, err := starts.Raise() // durable: no process has it again
	if err != nil {
		panic(err)
	}
	list, err := rwl.Open[string](rwl.Options{Incarnation: incarnation})
	if err != nil {
		panic(err)
	}
	list.Lead()

	requests := map[string]rwl.ID{} // on their way
	send := func(peer string, id rwl.ID) error {
		requests[peer] = id
		return nil
	}
	call := func(quorum int) {
		_, err := list.Call(rwl.Request[string]{
			Group: []string{"athens", "byzantium", "cyrene", "delphi"}, Quorum: quorum, Timeout: time.Minute, Send: send,
			Done: func(r rwl.Result[string]) { fmt.Println(r.Outcome, len(r.Answers), r.Err()) },
		})
		if err != nil {
			panic(err)
		}
	}
	call(2)
	list.Receive(requests["athens"], "athens", "aye", nil)
	list.Receive(requests["athens"], "athens", "aye", nil) // once more
	list.Receive(requests["cyrene"], "cyrene", "aye", nil)

	call(3)
	list.Receive(requests["athens"], "athens", "aye", nil)
	list.Receive(requests["byzantium"], "byzantium", "", errors.New("the disk is full"))
	list.Receive(requests["cyrene"], "cyrene", "aye", nil)
	list.Fail(requests["delphi"], errors.New("the connection has ended"))

	for _, index := range []uint64{8, 7} {
		done := func(r rwl.Result[string]) { fmt.Println("index", index, r.Outcome) }
		if err := list.Wait(index, time.Minute, done); err != nil {
			panic(err)
		}
	}
	list.Advance(9)

	call(3)
	list.StepDown()
	// Output:
	// success 2 <nil>
	// failure 4 request waiting list: no quorum
	// index 7 success
	// index 8 success
	// unknown 0 request waiting list: stepped down, outcome unknown
}
