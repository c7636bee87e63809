package twophasecommit

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	"github.com/lockstep-tla/lockstep/trace"
)

// Ref is a transaction's name and rank, which all messages about it carry.
type Ref struct {
	Number uint64 `json:"number"` // counted by the coordinator
	Age    int64  `json:"age"`    // what its clock said; less is older
}

// String is the transaction's name in traces.
func (r Ref) String() string { return "t" + strconv.FormatUint(r.Number, 10) }

// Older says whether one transaction is older than another: by age, and then by
// number, so that of two there is always an older one.
func (r Ref) Older(other Ref) bool {
	return r.Age < other.Age || r.Age == other.Age && r.Number < other.Number
}

// Type is what a message is about.
type Type string

// The messages. Between a client and the coordinator:
const (
	TypeBegin     Type = "begin"     // asks for a transaction
	TypeBegun     Type = "begun"     // here it is
	TypeAskCommit Type = "askCommit" // asks to commit; asks again for what came of it
	TypeRollBack  Type = "rollBack"  // the client has given up
	TypeForgotten Type = "forgotten" // it is over, and the coordinator has forgotten the decision
)

// Between a client and a participant:
const (
	TypeGet    Type = "get"
	TypePut    Type = "put"
	TypeDone   Type = "done"   // the operation was done
	TypeFailed Type = "failed" // the transaction was given up here
)

// Between the coordinator and a participant, and the decision for clients too:
const (
	TypePrepare  Type = "prepare"
	TypeVote     Type = "vote"
	TypeDecision Type = "decision"
	TypeAck      Type = "ack"
	TypeInquiry  Type = "inquiry"
	TypeClosed   Type = "closed" // all up to this number is over and may be forgotten
)

// Outcome is how a transaction ends.
type Outcome string

// The outcomes.
const (
	Committed Outcome = "committed"
	Aborted   Outcome = "aborted"
)

// Message is what nodes and clients send each other. Which fields count depends
// on the type.
type Message struct {
	Type        Type              `json:"type"`
	From        string            `json:"from"`
	To          string            `json:"to"`
	Transaction Ref               `json:"transaction"`
	Operation   uint64            `json:"operation,omitempty"` // which of the transaction's, from 1; of a begin, its number
	Key         string            `json:"key,omitempty"`
	Value       string            `json:"value,omitempty"`
	Found       bool              `json:"found,omitempty"`       // is there a value?
	Incarnation uint64            `json:"incarnation,omitempty"` // the participant's
	Keys        map[string]uint64 `json:"keys,omitempty"`        // each with the incarnation of its participant
	Yes         bool              `json:"yes,omitempty"`
	Outcome     Outcome           `json:"outcome,omitempty"`
	Presumed    bool              `json:"presumed,omitempty"` // the coordinator does not remember
	Stamp       trace.Stamp       `json:"stamp,omitzero"`     // only if steps are recorded
}

// MaxMessage is the length in bytes of the longest message that is taken.
const MaxMessage = 1 << 20

// MaxWrites is how many bytes a transaction may write at one participant, keys
// and values together, and 16 for each write; what is written twice counts
// twice. All of it becomes one entry of a log.
const MaxWrites = 2 << 20

func weight(key, value string) int { return len(key) + len(value) + 16 }

// Encode returns the message as bytes.
func (m Message) Encode() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	if len(b) > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrMessage, len(b), MaxMessage)
	}
	return b, nil
}

// Decode reads a message. What it does not know it refuses.
func Decode(b []byte) (Message, error) {
	if len(b) > MaxMessage {
		return Message{}, fmt.Errorf("%w: %d bytes, more than %d", ErrMessage, len(b), MaxMessage)
	}
	var m Message
	if err := strictjson.Unmarshal(b, &m); err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return m, m.check()
}

// check refuses a message that lacks what its type must have.
func (m Message) check() error {
	bad := func(what string) error { return fmt.Errorf("%w: %q %s", ErrMessage, m.Type, what) }
	if m.From == "" || m.To == "" {
		return bad("without sender or receiver")
	}
	if m.Type != TypeBegin && m.Transaction.Number == 0 {
		return bad("without a transaction")
	}
	switch m.Type {
	case TypeGet, TypePut, TypeDone:
		if m.Operation == 0 || m.Key == "" {
			return bad("without the operation's number or key")
		}
	case TypeFailed:
	case TypePrepare:
		if m.Incarnation == 0 {
			return bad("without the participant's incarnation")
		}
	case TypeDecision:
		if m.Outcome != Committed && m.Outcome != Aborted {
			return bad("without an outcome")
		}
	case TypeBegin, TypeBegun, TypeAskCommit, TypeRollBack, TypeForgotten, TypeVote, TypeAck, TypeInquiry, TypeClosed:
	default:
		return bad("is no type of a message")
	}
	return nil
}
