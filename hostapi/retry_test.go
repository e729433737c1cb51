package hostapi_test

import (
	"fmt"

	"github.com/postern-dev/postern/hostapi"
)

func ExampleMayRetry() {
	fmt.Println(hostapi.MayRetry(503), hostapi.MayRetry(500))
	// Output: true false
}
