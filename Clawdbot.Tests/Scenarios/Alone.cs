namespace Clawdbot.Tests.Scenarios;

/// <summary>Tests that fill the machine with processes of their own: beside others they would measure those.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
