using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;

namespace Clawdbot.Tests.Gateway.Admission;

public sealed class EntryCostTests
{
    [Fact]
    public async Task Where_there_is_room_an_entry_allocates_nothing_but_its_lease()
    {
        var queue = new AdmissionHarness(places: 20).Queue;
        await EnterAsync(queue, 100); // whatever is made once
        const int entries = 1000;

        var before = GC.GetAllocatedBytesForCurrentThread();
        await EnterAsync(queue, entries); // on this thread: nothing is waited for
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / entries, 24, 56);
    }

    private static async Task EnterAsync(AdmissionQueue queue, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var (_, lease, _) = await queue.EnterAsync(new AdmissionRequest("t", 1, Priority.Normal, null), CancellationToken.None);
            lease!.Dispose();
        }
    }
}
