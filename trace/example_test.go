package trace_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/lockstep-tla/lockstep/trace"
)

// account is a core: plain Go, one method for each action of its spec.
type account struct {
	trace   *trace.Recorder
	balance int
	open    map[string]int // holds by name
}

func (a *account) Hold(name string, amount int) {
	a.open[name] = amount
	a.trace.Step("Hold").String("name", name).Int("amount", amount).State(a)
}

func (a *account) Settle(name string) {
	a.balance -= a.open[name]
	delete(a.open, name)
	a.trace.Step("Settle").String("name", name).State(a)
}

// View is the same as View in the spec.
func (a *account) View(o *trace.Object) {
	o.Int("balance", a.balance)
	o.Record("open", func(o *trace.Object) {
		for name, amount := range a.open {
			o.Int(name, amount)
		}
	})
}

func Example() {
	rec := trace.New(os.Stdout, trace.Header{
		Spec:      "Account",
		Scenario:  "one-hold",
		Constants: map[string]trace.Value{"Name": []string{"rent"}},
	})
	a := &account{trace: rec, balance: 100, open: map[string]int{}}
	a.Hold("rent", 30)
	a.Settle("rent")
	if err := rec.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"lockstep":1,"spec":"Account","scenario":"one-hold","seed":0,"constants":{"Name":["rent"]}}
	// {"step":"Hold","args":{"name":"rent","amount":30},"state":{"balance":100,"open":{"rent":30}}}
	// {"step":"Settle","args":{"name":"rent"},"state":{"balance":70,"open":{}}}
	// {"end":2}
}

func ExampleRead() {
	text := `{"lockstep":1,"spec":"Account","scenario":"","seed":0,"constants":{}}
{"step":"Hold","args":{"name":"rent","amount":2147483648},"state":{"balance":100,"open":{}}}
{"end":1}
`
	_, err := trace.Read(strings.NewReader(text), "account.ndjson")
	fmt.Println(err)
	// Output:
	// account.ndjson:2:47: expected an integer that TLC can read, -2147483647 to 2147483647, found 2147483648
}
