package firestore

import (
	"errors"
	"testing"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"parley/backend/signaling"
)

// The TTL policy deletes an old room; a room that is deleted while somebody
// joins; a document that turns bad.
func TestRoomIsTakenAway(t *testing.T) {
	s, f := startFake(t, AuthNone)
	path := func(r *room) string { return "rooms/" + r.ref.ID }
	caller := open(t, s.client(t, nil))
	f.Edit(testProject, path(caller), nil)
	want(t, caller, signaling.LeftEvent{})
	if err := caller.SendDescription(within(t), sdp("offer")); !errors.Is(err, signaling.ErrRoomGone) {
		t.Errorf("send into nothing: %v", err)
	}
	if _, err := s.client(t, nil).Join(within(t), caller.Invite()); !errors.Is(err, signaling.ErrRoomNotFound) {
		t.Errorf("join: %v", err)
	}

	bad := open(t, s.client(t, nil))
	f.Edit(testProject, path(bad), map[string]*pb.Value{"answer": {ValueType: &pb.Value_StringValue{StringValue: "hello"}}})
	closedBy(t, bad, signaling.ErrBadMessage)
	if _, err := s.client(t, nil).Join(within(t), bad.Invite()); !errors.Is(err, signaling.ErrBadMessage) {
		t.Errorf("join: %v", err)
	}

	ended := open(t, s.client(t, nil))
	f.Edit(testProject, path(ended), map[string]*pb.Value{"expireAt": {ValueType: &pb.Value_TimestampValue{TimestampValue: timestamppb.New(time.Now().Add(-time.Minute))}}})
	closedBy(t, ended, signaling.ErrExpired)
	if _, err := s.client(t, nil).Join(within(t), ended.Invite()); !errors.Is(err, signaling.ErrExpired) {
		t.Errorf("join: %v", err)
	}
	if err := ended.Leave(within(t)); err != nil {
		t.Error(err)
	}
}

// A room that is deleted while somebody joins is not found, whatever that
// somebody had read or claimed.
func TestRoomIsDeletedBesideTheClaim(t *testing.T) {
	for _, auth := range []string{AuthNone, AuthAnonymous} {
		for name, after := range map[string]bool{"before": false, "after": true} {
			t.Run(auth+", "+name, func(t *testing.T) {
				s, f := startFake(t, auth)
				caller := open(t, s.client(t, nil))
				f.MissFirstChange()
				remove := func() { f.Edit(testProject, "rooms/"+caller.ref.ID, nil) }
				if after {
					f.Beside(nil, remove)
				} else {
					f.Beside(remove, nil)
				}
				if _, err := s.client(t, nil).Join(within(t), caller.Invite()); !errors.Is(err, signaling.ErrRoomNotFound) {
					t.Errorf("join: %v", err)
				}
			})
		}
	}
}
