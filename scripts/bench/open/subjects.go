package main

import (
	"errors"
	"io"
	"path/filepath"

	tidwall "github.com/tidwall/wal"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"
	"go.uber.org/zap"

	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// subject is one kind of log.
type subject struct {
	name string
	// fill makes a log in an empty folder, and closes it.
	fill func(dir string, s shape) error
	// open returns the index of the log's last entry when the log could append.
	open func(dir string, s shape) (last uint64, log io.Closer, err error)
}

// subjects take turns in this order; the others are compared with the first.
var subjects = []subject{
	{name: "segmented log", fill: fillSegmented, open: openSegmented},
	{name: "write-ahead log", fill: fillOneFile, open: openOneFile},
	{name: "tidwall", fill: fillTidwall, open: openTidwall},
	{name: "etcd, from a snapshot", fill: fillEtcd(true), open: openEtcd(true)},
	{name: "etcd, whole", fill: fillEtcd(false), open: openEtcd(false)},
}

// payloads calls add for each entry, and for the next one only when that has returned.
func payloads(s shape, add func(index uint64, entry []byte) error) error {
	entry := make([]byte, s.size)
	x := uint64(1)
	for index := uint64(1); index <= uint64(s.entries); index++ {
		for i := 0; i < len(entry); i += 8 { // nothing that can be made shorter
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			for j := range min(8, len(entry)-i) {
				entry[i+j] = byte(x >> (8 * j))
			}
		}
		if err := add(index, entry); err != nil {
			return err
		}
	}
	return nil
}

func segmentedOptions(s shape) segmentedlog.Options {
	return segmentedlog.Options{SegmentSize: int64(s.segmentBytes())}
}

func fillSegmented(dir string, s shape) error {
	l, err := segmentedlog.Open(dir, segmentedOptions(s))
	if err != nil {
		return err
	}
	err = payloads(s, func(_ uint64, entry []byte) error {
		_, err := l.Submit(0, entry)
		return err
	})
	return errors.Join(err, l.Close())
}

func openSegmented(dir string, s shape) (uint64, io.Closer, error) {
	l, err := segmentedlog.Open(dir, segmentedOptions(s))
	if err != nil {
		return 0, nil, err
	}
	return l.Status().Appended, l, nil
}

// noMachine applies nothing, as the other logs do.
type noMachine struct{}

// Apply implements writeaheadlog.StateMachine.
func (noMachine) Apply(writeaheadlog.Entry) {}

func openFile(dir string) (*writeaheadlog.Log, error) {
	return writeaheadlog.Open(filepath.Join(dir, "log"), noMachine{}, writeaheadlog.Options{Policy: writeaheadlog.Group})
}

func fillOneFile(dir string, s shape) error {
	l, err := openFile(dir)
	if err != nil {
		return err
	}
	err = payloads(s, func(_ uint64, entry []byte) error {
		_, err := l.Submit(0, entry)
		return err
	})
	return errors.Join(err, l.Close())
}

func openOneFile(dir string, _ shape) (uint64, io.Closer, error) {
	l, err := openFile(dir)
	if err != nil {
		return 0, nil, err
	}
	return l.Status().Appended, l, nil
}

func tidwallOptions(s shape) *tidwall.Options {
	o := *tidwall.DefaultOptions
	o.SegmentSize = s.segmentBytes()
	o.NoSync = true // filling is not measured
	return &o
}

func fillTidwall(dir string, s shape) error {
	l, err := tidwall.Open(dir, tidwallOptions(s))
	if err != nil {
		return err
	}
	return errors.Join(payloads(s, l.Write), l.Close())
}

func openTidwall(dir string, s shape) (uint64, io.Closer, error) {
	l, err := tidwall.Open(dir, tidwallOptions(s))
	if err != nil {
		return 0, nil, err
	}
	last, err := l.LastIndex()
	return last, l, err
}

// snapshotAt is the index of the last entry before the newest segment, more or less: etcd
// begins a segment behind the snapshot's record, or a little later.
func snapshotAt(s shape) walpb.Snapshot {
	return walpb.Snapshot{
		Index: new(uint64(s.entries - s.entries/s.segments)), Term: new(uint64(1)), ConfState: &raftpb.ConfState{},
	}
}

func fillEtcd(snapshot bool) func(dir string, s shape) error {
	return func(dir string, s shape) error {
		wal.SegmentSizeBytes = int64(s.segmentBytes())
		w, err := wal.Create(zap.NewNop(), filepath.Join(dir, "wal"), nil)
		if err != nil {
			return err
		}
		w.SetUnsafeNoFsync() // filling is not measured
		at := snapshotAt(s)
		err = payloads(s, func(index uint64, entry []byte) error {
			err := w.Save(nil, []*raftpb.Entry{{Term: new(uint64(1)), Index: &index, Data: entry}})
			if err == nil && snapshot && index == at.GetIndex() {
				// A snapshot counts when its entry is known to be committed.
				err = errors.Join(w.SaveSnapshot(&at), w.Save(&raftpb.HardState{Term: new(uint64(1)), Commit: &index}, nil))
			}
			return err
		})
		return errors.Join(err, w.Close())
	}
}

func openEtcd(snapshot bool) func(dir string, s shape) (uint64, io.Closer, error) {
	return func(dir string, s shape) (uint64, io.Closer, error) {
		var at walpb.Snapshot
		if snapshot {
			at = snapshotAt(s)
		}
		w, err := wal.Open(zap.NewNop(), filepath.Join(dir, "wal"), &at)
		if err != nil {
			return 0, nil, err
		}
		_, _, entries, err := w.ReadAll()
		if err != nil || len(entries) == 0 {
			return 0, w, err
		}
		return entries[len(entries)-1].GetIndex(), w, nil
	}
}
