package tla

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

func NumberAt(message []trace.Value, i int) int {
	if i >= len(message) {
		return 0
	}
	n, _ := message[i].(int)
	return n
}

// ViewOf reads the text of a view. What TLC prints without having evaluated
// it, such as SUBSET S, is left as text: it is for people to read.
func ViewOf(text trace.Value) trace.Value {
	s, _ := text.(string)
	if v, err := tlc.ParseValue(s); err == nil {
		return v
	}
	return tlc.Model(s)
}

// Output tells what our own modules print in a TLC run from what the spec under
// test prints: a spec may print what it likes, and must not be able to speak
// for the checker. So everything that we print begins with a word that is made
// up anew for each run.
type Output struct{ word string }

func NewOutput() Output { return Output{rand.Text()} }

// Module is the module Output, in which Replay and Explore say what they find.
// PrintT alone would wrap long values over several lines.
func (v Output) Module() []byte {
	return fmt.Appendf(nil, `---- MODULE Output ----
LOCAL INSTANCE TLC
OutputText(value) == ToString(value)
OutputPrint(said) == PrintT(ToString(<<%q, said>>))
====
`, v.word)
}

// AddTo puts the module into a job.
func (v Output) AddTo(job *tlc.Job) {
	job.Files["Output.tla"] = v.Module()
	job.Word = v.word
}

var ErrGarbled = errors.New("what TLC printed cannot be read")

// Parse returns what our modules say in a line, or nil if it is the spec that
// speaks.
func (v Output) Parse(line string) ([]trace.Value, error) {
	if !strings.HasPrefix(line, `"<<\"`+v.word) {
		return nil, nil
	}
	printed, err := tlc.ParsePrinted(line)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	if whole, ok := printed.([]trace.Value); ok && len(whole) == 2 {
		if message, ok := whole[1].([]trace.Value); ok && len(message) > 1 {
			return message, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrGarbled, line)
}
