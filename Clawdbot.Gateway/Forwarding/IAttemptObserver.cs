namespace Clawdbot.Gateway.Forwarding;

/// <summary>Is told what an attempt brings.</summary>
internal interface IAttemptObserver
{
    /// <summary>The first token came that the client does not have, and the answer is this attempt's. Called before the response is told of it.</summary>
    void FirstToken(Attempt attempt);
}
