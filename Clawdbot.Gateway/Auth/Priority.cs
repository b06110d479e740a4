namespace Clawdbot.Gateway.Auth;

/// <summary>Who goes first where not everybody can. Ascending.</summary>
internal enum Priority
{
    /// <summary>What can wait, such as batches: shed first.</summary>
    Low,

    /// <summary>What says nothing else.</summary>
    Normal,

    /// <summary>Goes first.</summary>
    High,
}
