package tla

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// NumberAt returns the number at an index of a message, or 0 if there is none.
func NumberAt(message []trace.Value, i int) int {
	if i >= len(message) {
		return 0
	}
	n, _ := message[i].(int)
	return n
}

// ViewOf parses the text of a view. It leaves a value that TLC prints without
// evaluating it, such as SUBSET S, as text for the reader.
func ViewOf(text trace.Value) trace.Value {
	s, _ := text.(string)
	if v, err := tlc.ParseValue(s); err == nil {
		return v
	}
	return tlc.Model(s)
}

// Output tells the messages of the checker's own modules from what the spec
// under test prints. A spec may print anything and must not be able to forge a
// message. Therefore every message begins with a random word that is new for
// each run of TLC.
type Output struct{ word string }

// NewOutput returns an Output with a random word.
func NewOutput() Output { return Output{rand.Text()} }

// Module returns the text of the TLA+ module Output, with which Replay and
// Explore print messages. PrintT alone would wrap long values over several
// lines.
func (v Output) Module() []byte {
	return fmt.Appendf(nil, `---- MODULE Output ----
LOCAL INSTANCE TLC
OutputText(value) == ToString(value)
OutputPrint(said) == PrintT(ToString(<<%q, said>>))
====
`, v.word)
}

// AddTo adds the module to a job.
func (v Output) AddTo(job *tlc.Job) {
	job.Files["Output.tla"] = v.Module()
	job.Word = v.word
}

// ErrGarbled is wrapped by the error for a message that cannot be parsed.
var ErrGarbled = errors.New("what TLC printed cannot be read")

// Parse returns the message in a line, or nil if the spec printed the line.
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
