using CsCheck;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>
/// Checks a property on the same cases in every run. CsCheck's own Sample starts from one seed and goes on with others by
/// chance: good for a search at the desk, but a build must not fail by chance.
/// </summary>
internal static class FixedSample
{
    public static void Holds<T>(this Gen<T> gen, Func<T, bool> property, int cases)
    {
        for (var index = 0; index < cases; index++)
        {
            var value = gen.Generate(new PCG(1, (ulong)index), null, out _);
            Assert.True(property(value), $"Case {index}: {Check.Print(value)}");
        }
    }
}
