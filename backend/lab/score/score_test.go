package score

import "testing"

func TestFigure(t *testing.T) {
	var values []float64
	for i := range 100 {
		values = append(values, float64(100-i))
	}
	if got, want := FigureOf(values), (Figure{100, 50, 95}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if FigureOf(nil) != (Figure{}) {
		t.Error("nothing has a figure")
	}
}

func TestDelaysMeanTheLastCaptureOfANumber(t *testing.T) {
	captured := []Capture{{1, 0}, {2, 33}, {1, 10_000}, {2, 10_033}}
	got := Delays(captured, []Shown{{Number: 1, At: 50}, {Number: 2, At: 10_000}, {Number: 2, At: 10_100}, {Number: 3, At: 10_100}, {Number: -1, At: 5}, {Number: 1, At: 20_000}}, 9990)
	for i, want := range []float64{50, 9967, 67, 0, 0, 0} {
		if got[i] != want {
			t.Errorf("%d: %v, want %v", i, got[i], want)
		}
	}
}

func TestFreezes(t *testing.T) {
	var at []float64
	for i := range 60 {
		at = append(at, float64(i)*33)
	}
	end := at[59]
	for _, test := range []struct {
		name  string
		at    []float64
		until float64
		count int
		total float64
	}{
		{"none", at, end + 33, 0, 0},
		{"182 ms is none", append(at[:60:60], end+182), end + 200, 0, 0},
		{"184 ms is one", append(at[:60:60], end+184), end + 200, 1, 184},
		{"the picture stands at the end", at, end + 3000, 1, 3000},
		{"nothing shown", nil, 1000, 0, 0},
	} {
		freezes, total := Freezes(test.at, test.until), 0.0
		for _, f := range freezes {
			total += f.To - f.From
		}
		if len(freezes) != test.count || total != test.total {
			t.Errorf("%s: %v", test.name, freezes)
		}
	}
}
