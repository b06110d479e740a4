using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;

namespace Clawdbot.Tests.Gateway.Admission;

public sealed class EntryCostTests
{
    [Fact]
    public void Where_there_is_room_an_entry_allocates_nothing_but_its_lease()
    {
        var queue = new Door(places: 20).Queue;
        Enter(queue, 100); // whatever is made once
        const int entries = 1000;

        var before = GC.GetAllocatedBytesForCurrentThread();
        Enter(queue, entries);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / entries, 24, 56);
    }

    private static void Enter(AdmissionQueue queue, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var entry = queue.EnterAsync(new Wish("t", 1, Priority.Normal, null), CancellationToken.None);
            if (!entry.IsCompletedSuccessfully)
                Assert.Fail("it had to wait");
            entry.Result.Lease!.Dispose();
        }
    }
}
