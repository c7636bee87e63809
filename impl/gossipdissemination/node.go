package gossipdissemination

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Node is a member of a cluster that gossips. Its methods may be called from
// any goroutine.
type Node struct {
	options    Options
	goroutines sync.WaitGroup
	stop       chan struct{}
	once       sync.Once

	mu        sync.Mutex
	core      *Core
	detector  detector
	random    *rand.Rand
	contacted map[string]int
	next      int // the owner at which the next digest begins, if it cannot be about all
	failure   error
	dropped   int
	sent      int
}

// outgoing is a datagram to be sent once the lock is released. A message is
// encoded only then.
type outgoing struct {
	to      string
	message *Message
	probe   *probe
}

// Join starts a node. It knows only itself and its seeds, and gets to know the others by
// gossip. If Join fails, the endpoint stays open. The error is ErrOptions, ErrTooLarge
// for the address or the zone, or that of Durable.
func Join(options Options) (*Node, error) {
	n, err := newNode(options)
	if err != nil {
		return nil, err
	}
	n.goroutines.Go(n.listen)
	n.goroutines.Go(n.tick)
	return n, nil
}

// newNode returns a node whose generation has begun, and that neither listens nor
// gossips yet.
func newNode(options Options) (*Node, error) {
	o, err := options.complete()
	if err != nil {
		return nil, err
	}
	n := &Node{
		options: o, stop: make(chan struct{}), contacted: map[string]int{},
		random: rand.New(rand.NewPCG(o.Random, 1)),
		core:   NewCore(CoreConfig{Name: o.Name, Seeds: sorted(o.Seeds), Generation: o.LastGeneration, Trace: o.Trace}),
	}
	n.detector = detector{
		random: n.random, helpers: o.Helpers, suspicionRounds: o.SuspicionRounds,
		relayed: map[uint32]relay{}, suspects: map[string]suspicion{},
	}
	if len(AddressKey)+len(o.Endpoint.Name()) > o.item() || len(ZoneKey)+len(o.Zone) > o.item() {
		return nil, fmt.Errorf("%w: address or zone", ErrTooLarge)
	}
	if o.Durable != nil {
		if err := o.Durable(n.core.NextGeneration()); err != nil {
			return nil, fmt.Errorf("gossip: generation %d could not be made durable: %w", n.core.NextGeneration(), err)
		}
	}
	if err := n.core.Start(); err != nil {
		return nil, err
	}
	if err := n.core.Update(AddressKey, o.Endpoint.Name()); err != nil {
		return nil, err
	}
	if o.Zone != "" {
		if err := n.core.Update(ZoneKey, o.Zone); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// Set gives one of the node's values a new version, which spreads with the next
// rounds. The error is ErrTooLarge, ErrExhausted or ErrStopped.
func (n *Node) Set(key, value string) error {
	if len(key)+len(value) > n.options.item() {
		return fmt.Errorf("%w: %d bytes, and %d are allowed", ErrTooLarge, len(key)+len(value), n.options.item())
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	err := n.core.Update(key, value)
	if errors.Is(err, ErrNotAllowed) {
		return ErrStopped
	}
	return err
}

// Get returns a value of an owner, as far as this node knows.
func (n *Node) Get(owner, key string) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v, ok := n.core.entry(owner).Vals[key]
	return v.Val, ok
}

// Known returns a copy of what this node knows of an owner, if it knows that.
func (n *Node) Known(owner string) (Entry, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Entry(owner)
}

// Owners returns the names of all owners that this node knows, in order.
func (n *Node) Owners() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Owners()
}

// Generation returns the number of the node's generation.
func (n *Node) Generation() uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Generation()
}

// Stats count what a node has done.
type Stats struct {
	SentBytes int // in datagrams, without their headers
	Dropped   int // malformed datagrams, or for another node
}

// Stats returns the counts since the node joined.
func (n *Node) Stats() Stats {
	n.mu.Lock()
	defer n.mu.Unlock()
	return Stats{n.sent, n.dropped}
}

// Err returns what has excluded the node from the cluster, or nil. It matches
// ErrGeneration or ErrNetwork. The caller should close the node then: it no longer
// receives all messages.
func (n *Node) Err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.failure
}

// Leave tells all others that the node leaves, stays for two rounds to answer their
// requests, and closes.
func (n *Node) Leave() error {
	n.mu.Lock()
	if err := n.core.Leave(); err != nil {
		n.mu.Unlock()
		return ErrStopped
	}
	var out []outgoing
	for _, name := range n.others(Alive, Suspect) {
		out = append(out, n.digest(name)...)
	}
	n.mu.Unlock()
	n.send(out)
	select {
	case <-time.After(2 * n.options.Interval):
	case <-n.stop:
	}
	return n.Close()
}

// Observe calls look with the cores of several nodes while all are locked. Look may
// only read them, and must not use the nodes.
func Observe(nodes []*Node, look func(cores []*Core)) {
	cores := make([]*Core, len(nodes))
	for i, n := range nodes {
		n.mu.Lock()
		defer n.mu.Unlock()
		cores[i] = n.core
	}
	look(cores)
}

// Close ends the node without a message to the others, as a crash would.
func (n *Node) Close() error {
	var err error
	n.once.Do(func() {
		close(n.stop)
		err = n.options.Endpoint.Close()
	})
	n.goroutines.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.core.Up() {
		err = errors.Join(err, n.core.Crash())
	}
	return err
}

// listen receives datagrams until the endpoint is closed.
func (n *Node) listen() {
	for {
		from, b, err := n.options.Endpoint.Receive()
		if err != nil {
			n.receiveFailed(err)
			return
		}
		n.send(n.receive(from, b))
	}
}

// receiveFailed records a permanent receive error, unless the node was closed.
func (n *Node) receiveFailed(err error) {
	select {
	case <-n.stop:
		return
	default:
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failure = fmt.Errorf("%w: %w", ErrNetwork, err)
}

// receive takes one datagram, and returns the answers.
func (n *Node) receive(from string, b []byte) []outgoing {
	n.mu.Lock()
	defer n.mu.Unlock()
	if isProbe(b) {
		p, err := decodeProbe(b)
		if err != nil {
			n.dropped++
			return nil
		}
		return n.receiveProbe(from, p)
	}
	m, err := Decode(b)
	if err != nil || m.To != n.options.Name || m.From == n.options.Name {
		n.dropped++
		return nil
	}
	if err := n.checkImpostor(m); err != nil {
		n.failure = err
		n.dropped++
		return nil
	}
	step := n.core.Answer
	if m.Kind == KindDelta {
		step = n.core.Merge
	}
	var out []outgoing
	if answer, err := step(m, Within(n.options.MaxMessage)); err == nil && answer != nil {
		out = append(out, outgoing{to: from, message: answer})
	}
	if n.core.Refute() == nil {
		out = append(out, n.round()...) // the suspicion should end soon
	}
	return out
}

// checkImpostor returns an error if a message knows more of this node than it has
// published: then there is, or was, another one of its name.
func (n *Node) checkImpostor(m *Message) error {
	own := n.core.DigestOf(n.options.Name)
	for _, claim := range []Digest{m.Digests[n.options.Name], m.Entries[n.options.Name].Digest} {
		more := claim.Ver > own.Ver || claim.Inc > own.Inc || claim.Status == Left && own.Status != Left
		if claim.Gen > own.Gen || claim.Gen == own.Gen && more {
			return fmt.Errorf("%w: generation %d up to version %d, and this one is %d up to %d", ErrGeneration, claim.Gen, claim.Ver, own.Gen, own.Ver)
		}
	}
	return nil
}

// receiveProbe takes a probe, and returns the answer.
func (n *Node) receiveProbe(from string, p *probe) []outgoing {
	reply := func(to string, p probe) []outgoing {
		p.from = n.options.Name
		return []outgoing{{to: to, probe: &p}}
	}
	switch p.kind {
	case ping:
		if p.about != n.options.Name {
			return nil // another node had this address before
		}
		return reply(from, probe{kind: ack, about: p.about, number: p.number})
	case pingFor:
		to := n.address(p.about)
		if to == "" {
			return nil
		}
		number := n.detector.relay(relay{p.number, from})
		return reply(to, probe{kind: ping, about: p.about, number: number})
	}
	if r, ok := n.detector.relayed[p.number]; ok {
		return reply(r.to, probe{kind: ack, about: p.about, number: r.number})
	}
	if p.about == n.detector.probing {
		n.detector.acked(p.number)
	}
	return nil
}

// tick runs the rounds: in the first half of each the node gossips and pings another
// one, in the second half it has others ping that.
func (n *Node) tick() {
	ticker := time.NewTicker(max(n.options.Interval/2, 1))
	defer ticker.Stop()
	for half := 0; ; half++ {
		n.mu.Lock()
		out := n.half(half%2 == 0)
		n.mu.Unlock()
		n.send(out)
		select {
		case <-n.stop:
			return
		case <-ticker.C:
		}
	}
}

func (n *Node) half(first bool) []outgoing {
	if !n.core.Up() {
		return nil
	}
	if !first {
		return n.pingIndirectly()
	}
	if n.detector.probing != "" {
		n.core.Suspect(n.detector.probing) // unless it is suspected already
	}
	suspected := map[string]Digest{}
	for _, name := range n.others(Suspect) {
		suspected[name] = n.core.DigestOf(name)
	}
	for _, name := range n.detector.overdue(suspected) {
		n.core.DeclareDead(name) // it is a suspect, so that is allowed
	}
	return append(n.round(), n.ping()...)
}

// ping pings the next node.
func (n *Node) ping() []outgoing {
	name := n.detector.next(n.others(Alive, Suspect))
	if name == "" {
		return nil
	}
	return []outgoing{{to: n.address(name), probe: &probe{ping, n.options.Name, name, n.detector.current}}}
}

// pingIndirectly has a few others ping the node that has not answered.
func (n *Node) pingIndirectly() []outgoing {
	if n.detector.probing == "" {
		return nil
	}
	var out []outgoing
	for _, name := range n.detector.helpersFor(n.others(Alive)) {
		out = append(out, outgoing{to: n.address(name), probe: &probe{pingFor, n.options.Name, n.detector.probing, n.detector.current}})
	}
	return out
}

// round returns the digests of one round. Now and then one goes to a node that was
// declared dead, or to a seed: the network may have been partitioned.
func (n *Node) round() []outgoing {
	var out []outgoing
	peers := n.peers(n.others(Alive, Suspect))
	for range min(n.options.Fanout, len(peers)) {
		i := n.options.Choose(n.random, peers)
		out = append(out, n.digest(peers[i].Name)...)
		peers = slices.Delete(peers, i, i+1)
	}
	lost := n.others(Dead)
	for _, seed := range sorted(n.options.Seeds) {
		if seed != n.options.Name {
			lost = append(lost, seed)
		}
	}
	if len(lost) > 0 && (len(out) == 0 || n.random.IntN(4) == 0) {
		out = append(out, n.digest(lost[n.random.IntN(len(lost))])...)
	}
	return out
}

func (n *Node) digest(to string) []outgoing {
	m, err := n.core.Digest(to, n.window())
	if err != nil {
		return nil
	}
	n.contacted[to]++
	return []outgoing{{to: n.address(to), message: m}}
}

// window chooses the owners of the next digest: nil for all, or as many as fit, after
// those of the last one.
func (n *Node) window() map[string]bool {
	owners := n.core.Owners()
	longest := 0
	for _, name := range owners {
		longest = max(longest, len(name))
	}
	room := n.options.window(longest)
	if len(owners) <= room {
		return nil
	}
	about := map[string]bool{}
	for range room {
		about[owners[n.next%len(owners)]] = true
		n.next++
	}
	return about
}

// others returns the names of all other nodes that have one of these statuses, and
// whose addresses are known.
func (n *Node) others(statuses ...Status) []string {
	return slices.DeleteFunc(n.core.Owners(), func(name string) bool {
		return name == n.options.Name || !slices.Contains(statuses, n.core.DigestOf(name).Status) || n.address(name) == ""
	})
}

func (n *Node) peers(names []string) []Peer {
	peers := make([]Peer, len(names))
	for i, name := range names {
		zone := n.core.entry(name).Vals[ZoneKey].Val
		peers[i] = Peer{Name: name, Contacted: n.contacted[name], Near: zone == n.options.Zone}
	}
	return peers
}

// address returns a node's address, "" if it is not known.
func (n *Node) address(name string) string {
	if v, ok := n.core.entry(name).Vals[AddressKey]; ok {
		return v.Val
	}
	return n.options.Seeds[name]
}

// send sends datagrams. One that cannot be sent counts as lost.
func (n *Node) send(out []outgoing) {
	bytes := 0
	for _, o := range out {
		var b []byte
		if o.probe != nil {
			b = o.probe.encode()
		} else {
			b = o.message.Encode(nil)
		}
		if n.options.Endpoint.Send(o.to, b) == nil {
			bytes += len(b)
		}
	}
	n.mu.Lock()
	n.sent += bytes
	n.mu.Unlock()
}
