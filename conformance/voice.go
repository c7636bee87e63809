package conformance

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// voice tells what our own modules print in a TLC run from what the spec under
// test prints: a spec may print what it likes, and must not be able to speak
// for the checker. So everything that we print begins with a word that is made
// up anew for each run.
type voice struct{ word string }

func newVoice() voice { return voice{rand.Text()} }

// module is the module Voice, in which Replay and Explore say what they find.
// PrintT alone would wrap long values over several lines.
func (v voice) module() []byte {
	return fmt.Appendf(nil, `---- MODULE Voice ----
LOCAL INSTANCE TLC
VoiceText(value) == ToString(value)
VoiceSays(said) == PrintT(ToString(<<%q, said>>))
====
`, v.word)
}

var errGarbled = errors.New("what TLC printed cannot be read")

// hear returns what our modules say in a line, or nil if it is the spec that
// speaks.
func (v voice) hear(line string) ([]trace.Value, error) {
	if !strings.HasPrefix(line, `"<<\"`+v.word) {
		return nil, nil
	}
	printed, err := tlc.ParsePrinted(line)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errGarbled, err)
	}
	if whole, ok := printed.([]trace.Value); ok && len(whole) == 2 {
		if said, ok := whole[1].([]trace.Value); ok && len(said) > 1 {
			return said, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", errGarbled, line)
}
