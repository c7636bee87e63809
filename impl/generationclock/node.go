package generationclock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// Transport carries a message to a holder and returns the answer: nil where the
// holder has none. It is called by any number of goroutines at once. A message may
// arrive late, twice, or not at all, whatever Transport returns.
type Transport func(ctx context.Context, to string, m *Message) (*Message, error)

// Options are what a node is opened with.
type Options struct {
	Name  string
	Peers []string        // the other nodes of the cluster, always the same
	Send  Transport       // to the peers, and to the stores
	Path  string          // of its log, which is made if there is none
	FS    wal.FS          // where that is; nil is the operating system's
	Trace *trace.Recorder // nil to record nothing
}

// Node is a member of a cluster. It stands for election when Campaign is called, and
// sends heartbeats when Beat is: when to do that is the caller's business. Its
// methods may be called by any number of goroutines.
type Node struct {
	shell
	core  *Core
	peers []string
	send  Transport
}

// Status is what a node knows of itself.
type Status struct {
	Gen   uint64
	Role  Role
	Entry Entry // the last order that it has accepted
}

// Open opens a node. It follows until it is elected.
func Open(o Options) (*Node, error) {
	all := append(slices.Clone(o.Peers), o.Name)
	for _, name := range all {
		if err := checkName(name); err != nil {
			return nil, err
		}
	}
	if o.Send == nil && len(o.Peers) > 0 {
		return nil, fmt.Errorf("%w: no Send", ErrOption)
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != len(o.Peers)+1 {
		return nil, fmt.Errorf("%w: a name twice: %q", ErrOption, all)
	}
	j, err := openJournal(o.Path, o.FS)
	if err != nil {
		return nil, err
	}
	core := NewCore(o.Name, len(all), o.Trace)
	core.Restart(j.last)
	return &Node{shell{journal: j, holder: &core.Holder}, core, slices.Clone(o.Peers), o.Send}, nil
}

// Status returns what the node knows of itself.
func (n *Node) Status() Status {
	n.mu.Lock()
	defer n.mu.Unlock()
	return Status{n.core.disk.Gen, n.core.role, n.core.disk.Entry}
}

// Receive takes a message of another node and returns the answer when what it says
// is durable; nil means that there is none. ErrMessage means that the message is not
// one for this node.
func (n *Node) Receive(m *Message) (*Message, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failed != nil {
		return nil, n.failed
	}
	if !m.toAll() || !slices.Contains(n.peers, m.From) {
		return nil, fmt.Errorf("%w for %s: %s from %q", ErrMessage, n.core.name, m.Type, m.From)
	}
	return n.receive(m)
}

func (n *Node) receive(m *Message) (*Message, error) {
	if err := n.learn(m); err != nil {
		return nil, err
	}
	if IsStale(n.core.Gen, m.Gen) {
		return n.core.Refuse(m)
	}
	switch m.Type {
	case Ask:
		if n.core.voted == m.From && m.From != n.core.name {
			return n.core.Grant()
		}
	case Order:
		if err := n.core.Accept(m); err != nil {
			return nil, err
		}
		if err := n.save(); err != nil {
			return nil, err
		}
		return n.core.Acknowledge()
	}
	return nil, nil
}

// learn adopts the number that a message brings, if it is newer.
func (n *Node) learn(m *Message) error {
	if err := n.core.Adopt(m); err != nil {
		return nil // it is not newer
	}
	return n.save()
}

// Campaign stands for election and returns the new generation when this node leads
// it. A node that leads already is ErrNotAllowed. With ErrNotElected another
// attempt, with a greater number, may succeed; callers wait a random time before it,
// so that two candidates do not meet for ever.
func (n *Node) Campaign(ctx context.Context) (uint64, error) {
	ask, err := n.stand()
	if err != nil {
		return 0, err
	}
	majority := func() bool { return n.core.Gen == ask.Gen && HasQuorum(len(n.core.votes), n.core.nodes) }
	n.broadcast(ctx, ask, func(*Message) {}, majority)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failed != nil {
		return 0, n.failed
	}
	if n.core.Gen != ask.Gen {
		return 0, fmt.Errorf("%w: %w", ErrNotElected, &StaleError{ask.Gen, n.core.Gen})
	}
	if err := n.core.Lead(); err != nil {
		return 0, fmt.Errorf("%w: %d votes in generation %d", ErrNotElected, len(n.core.votes), ask.Gen)
	}
	return ask.Gen, nil
}

func (n *Node) stand() (*Message, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failed != nil {
		return nil, n.failed
	}
	if n.core.Gen >= MaxGen {
		return nil, ErrEnd
	}
	if err := n.core.Stand(); err != nil {
		return nil, err
	}
	if err := n.save(); err != nil {
		return nil, err
	}
	return n.core.Ask()
}

// Beat sends a heartbeat to all peers and waits for what they say, or for the
// context. ErrNotLeader means that the node leads no more.
func (n *Node) Beat(ctx context.Context) error {
	m, err := n.say(n.core.Beat)
	if err != nil {
		return err
	}
	n.broadcast(ctx, m, func(*Message) {}, func() bool { return false })
	return n.leads(m.Gen)
}

// Order gives an order to all nodes, itself included. It returns when a majority has
// it on its disks, or all have answered, or the context ends, and says how many are
// known to have it. ErrNotLeader means that the node leads no more; the order may have
// been accepted by some nodes all the same.
func (n *Node) Order(ctx context.Context, value string) (accepted int, err error) {
	if err := checkValue(value); err != nil {
		return 0, err
	}
	m, err := n.say(func() (*Message, error) { return n.core.Order(value) })
	if err != nil {
		return 0, err
	}
	n.mu.Lock()
	own, err := n.receive(m)
	n.mu.Unlock()
	if err != nil {
		return 0, err
	}
	has := func(answer *Message) {
		if answer.Type == Done && answer.Gen == m.Gen && answer.Value == value {
			accepted++
		}
	}
	has(own)
	n.broadcast(ctx, m, has, func() bool { return HasQuorum(accepted, n.core.nodes) })
	return accepted, n.leads(m.Gen)
}

// Write writes to a store. If it returns nil, the write is durable there.
// ErrNotLeader means that the store, or another node, knows of a newer leader. After
// any other error the write may be applied or not, now or later, as long as no newer
// leader has written there.
func (n *Node) Write(ctx context.Context, store, value string) error {
	if err := errors.Join(checkName(store), checkValue(value)); err != nil {
		return err
	}
	m, err := n.say(func() (*Message, error) { return n.core.Write(store, value) })
	if err != nil {
		return err
	}
	answer := n.exchange(ctx, store, m)
	switch {
	case answer == nil:
		return fmt.Errorf("%w: %s", ErrNoAnswer, store)
	case answer.Type == Refused:
		return fmt.Errorf("%w: %w", ErrNotLeader, &StaleError{m.Gen, answer.Gen})
	case answer.Type != Done || answer.Gen != m.Gen || answer.Value != value:
		return fmt.Errorf("%w from %s: it answers %s of %d", ErrMessage, store, answer.Type, answer.Gen)
	}
	return nil
}

// say takes a step that sends a message, if the node leads.
func (n *Node) say(step func() (*Message, error)) (*Message, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failed != nil {
		return nil, n.failed
	}
	m, err := step()
	if errors.Is(err, ErrNotAllowed) {
		return nil, fmt.Errorf("%w: %s", ErrNotLeader, n.core.role)
	}
	return m, err
}

// leads says whether the node still leads the generation.
func (n *Node) leads(number uint64) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failed != nil {
		return n.failed
	}
	if n.core.role != Leader || n.core.Gen != number {
		return fmt.Errorf("%w: %w", ErrNotLeader, &StaleError{number, n.core.Gen})
	}
	return nil
}

// broadcast sends a message to all peers and takes their answers, until all have
// answered or enough says that the others need not. Each and enough are called with
// the node locked.
func (n *Node) broadcast(ctx context.Context, m *Message, each func(answer *Message), enough func() bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	for _, peer := range n.peers {
		all.Go(func() {
			answer := n.exchange(ctx, peer, m)
			n.mu.Lock()
			defer n.mu.Unlock()
			if answer != nil {
				each(answer)
			}
			if enough() {
				cancel()
			}
		})
	}
	all.Wait()
}

// exchange sends a message, takes the answer, and returns it; nil if there is none
// that counts.
func (n *Node) exchange(ctx context.Context, to string, m *Message) *Message {
	answer, err := n.send(ctx, to, m)
	if err != nil || answer == nil || answer.From != to || answer.To != n.core.name || answer.check() != nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failed != nil || n.learn(answer) != nil {
		return nil
	}
	if answer.Type == Grant {
		_ = n.core.Count(answer) // a vote of an earlier election does not count
	}
	return answer
}
