package firestore

import (
	"testing"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// What a listener is told twice, unchanged, is read once.
func TestUsageOfAListener(t *testing.T) {
	usage := new(Usage)
	stream := streamUsage{usage: usage}
	for _, step := range []struct {
		name string
		at   int64 // when it changed
		want int64
	}{{"a", 1, 1}, {"b", 1, 2}, {"a", 1, 2}, {"b", 2, 3}, {"a", 1, 3}, {"c", 3, 4}} {
		stream.received(&pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentChange{DocumentChange: &pb.DocumentChange{
			Document: &pb.Document{Name: step.name, UpdateTime: timestamppb.New(time.Unix(step.at, 0))},
		}}})
		if got := usage.Documents().Reads; got != step.want {
			t.Errorf("%s of %d: %d reads, want %d", step.name, step.at, got, step.want)
		}
	}
}
