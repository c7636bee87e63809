// Package mutants has one place for each way in which code can be mutated. It
// is for the tests of the mutants.
package mutants

import (
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/trace"
)

// ErrFull means that there is no room.
var ErrFull = errors.New("full")

// Account holds up to three coins.
type Account struct {
	rec   *trace.Recorder
	coins int
	log   []string
}

// Pay puts coins in.
func (a *Account) Pay(n int) error {
	if a.coins+n > 3 {
		return ErrFull
	}
	a.coins += n
	a.note("paid", "in")
	a.rec.Step("Pay").String("node", "account").State(a)
	return nil
}

// PayTwice pays two times.
func (a *Account) PayTwice(n int) error {
	if err := a.Pay(n); err != nil {
		return err
	}
	return a.Pay(n)
}

func (a *Account) note(what, where string) { a.log = append(a.log, what+" "+where) }

// Rich says whether there is more than one coin, and something was noted.
func (a *Account) Rich() bool {
	return a.coins > 1 && len(a.log) > 0
}

// Next is the number of the next coin.
func (a *Account) Next() int { return a.coins + 1 }

// View is not mutated: it records.
func (a *Account) View(o *trace.Object) { o.Int("coins", a.coins+1) }

// Story is what becomes of an account, as text.
func Story() string {
	a := &Account{}
	one, two := a.Pay(1), a.PayTwice(2)
	return fmt.Sprint(one, two, a.Rich(), a.Next(), a.log)
}
